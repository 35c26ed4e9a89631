// Bundles the window's page into out/renderer: index.html and files named by their content. Use: node build/build-renderer.ts
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { projectRoot } from './project-files.ts';
import { putFile, removeLeftovers } from './put-files.ts';

const folder = join(projectRoot, 'out', 'renderer');
