import { worldSuite } from './world-suite.ts';

worldSuite(0, 50);
