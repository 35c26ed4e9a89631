import { worldSuite } from './world-suite.ts';

worldSuite(150, 50);
