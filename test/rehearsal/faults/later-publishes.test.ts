import { rehearseChapters } from './table.ts';

rehearseChapters(2, 4);
