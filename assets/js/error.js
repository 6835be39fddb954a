// A page that tells of an error: only what is around it.
import { start } from './ui.js';

start();
