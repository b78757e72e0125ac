import type { chatContext as en } from '../en/chat-context.ts'
import { formatNumber } from '../format.ts'
import { pluralIn } from '../plural.ts'
import type { Translation } from '../translation.ts'

const plural = pluralIn('de')

export const chatContext: Translation<typeof en> = {
  note: {
    summarized: ({ first, last }) =>
      first === last
        ? `Runde ${formatNumber(first)} wurde für den Assistenten zusammengefasst`
        : `Die Runden ${formatNumber(first)} bis ${formatNumber(last)} wurden für den Assistenten zusammengefasst`,
    omitted: ({ turns }) =>
      `Der Assistent sieht ${formatNumber(turns)} ${plural(turns, { one: 'frühere Runde', other: 'frühere Runden' })} nicht mehr.`,
    modelsLink: 'Modelle',
  },
  recall: {
    given: ({ count }) => `Der Assistent erhielt ${formatNumber(count)} ${plural(count, { one: 'Erinnerung', other: 'Erinnerungen' })}`,
    gone: ({ count }) =>
      `${formatNumber(count)} ${plural(count, { one: 'Erinnerung fehlt', other: 'Erinnerungen fehlen' })}: gelöscht, oder von jemand anderem.`,
    sourceLink: 'Unterhaltung',
  },
  recallFailures: {
    slow: 'Ohne Erinnerungen beantwortet: Das Gedächtnis brauchte zu lange.',
    unavailable: 'Ohne Erinnerungen beantwortet: Das Gedächtnis ist nicht erreichbar.',
    denied: 'Ohne Erinnerungen beantwortet: Die Richtlinie verbietet es.',
  },
  omissions: {
    no_utility_model: 'Die Unterhaltung ist größer als das Fenster des Modells, und kein Hilfsmodell ist gewählt, das sie zusammenfasst.',
    failed: 'Die Unterhaltung ist größer als das Fenster des Modells, und die Zusammenfassung ist fehlgeschlagen.',
    empty: 'Die Unterhaltung ist größer als das Fenster des Modells, und die Zusammenfassung war leer.',
    slow: 'Die Unterhaltung ist größer als das Fenster des Modells, und die Zusammenfassung hat zu lange gedauert.',
  },
}
