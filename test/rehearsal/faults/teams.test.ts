import { rehearseChapters } from './table.ts';

rehearseChapters(0, 6);
