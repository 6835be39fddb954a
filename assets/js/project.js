// Version, changelog and guides: only what is around them.
import { start } from './ui.js';

start();
