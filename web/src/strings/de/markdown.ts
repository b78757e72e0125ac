import type { markdown as en } from '../en/markdown.ts'
import { formatNumber } from '../format.ts'
import type { Translation } from '../translation.ts'

export const markdown: Translation<typeof en> = {
  details: 'Details',
  table: 'Tabelle',
  formula: 'Formel',
  taskDone: 'Erledigt',
  taskOpen: 'Nicht erledigt',
  footnotes: 'Fußnoten',
  footnote: ({ number }) => `Fußnote ${number}`,
  backToReference: ({ number }) => `Zurück zu Verweis ${number}`,
  code: {
    plainText: 'Text',
    copy: 'Code kopieren',
    wrap: 'Zeilen umbrechen',
    unwrap: 'Zeilen nicht umbrechen',
    showLess: 'Weniger anzeigen',
    showAll: ({ lines }) => `Alle ${formatNumber(lines)} Zeilen anzeigen`,
  },
  diagram: {
    name: 'Diagramm',
    showCode: 'Code anzeigen',
    show: 'Diagramm anzeigen',
    drawing: 'Diagramm wird gezeichnet …',
    notLoaded: 'Das Diagramm konnte nicht geladen werden. Verbindung prüfen, dann erneut versuchen.',
    notDrawn: 'Dieses Diagramm konnte nicht gezeichnet werden. Sein Code enthält vielleicht einen Fehler.',
  },
}
