import { rehearseChapters } from './table.ts';

rehearseChapters(3, 5);
