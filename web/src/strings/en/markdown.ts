import { formatNumber } from '../format.ts'

/** What an answer has beside its own text. */
export const markdown = {
  details: 'Details',
  table: 'Table',
  formula: 'Formula',
  taskDone: 'Done',
  taskOpen: 'Not done',
  footnotes: 'Footnotes',
  footnote: ({ number }: { readonly number: number }) => `Footnote ${number}`,
  backToReference: ({ number }: { readonly number: number }) => `Back to reference ${number}`,
  code: {
    plainText: 'text',
    copy: 'Copy code',
    wrap: 'Wrap lines',
    unwrap: 'Do not wrap lines',
    showLess: 'Show less',
    showAll: ({ lines }: { readonly lines: number }) => `Show all ${formatNumber(lines)} lines`,
  },
  diagram: {
    name: 'Diagram',
    showCode: 'Show code',
    show: 'Show diagram',
    drawing: 'Drawing the diagram…',
    notLoaded: 'The diagram could not be loaded. Check your connection and try again.',
    notDrawn: 'This diagram could not be drawn. Its code may contain a mistake.',
  },
} as const
