import { rehearseChapters } from './table.ts';

rehearseChapters(1);
