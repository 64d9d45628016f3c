#!/usr/bin/env node
// JavaScript that an old Node understands, so that it can say what it lacks instead of failing on syntax.
import { existsSync } from 'node:fs';
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`stageset needs Node.js 22.19 or newer; this is ${process.versions.node}. See https://nodejs.org.`);
  process.exit(2);
}
module.enableCompileCache?.();

// A release holds one bundle; a clone runs from its sources.
const sources = new URL('../src/main.ts', import.meta.url);
const bundle = new URL('../dist/main.js', import.meta.url);
await import((existsSync(sources) ? sources : bundle).href);
