import { worldSuite } from './world-suite.ts';

worldSuite(100, 50);
