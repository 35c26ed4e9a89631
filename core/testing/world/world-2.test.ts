import { worldSuite } from './world-suite.ts';

worldSuite(50, 50);
