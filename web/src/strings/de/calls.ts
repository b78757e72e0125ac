import type { calls as en } from '../en/calls.ts'
import { formatNumber } from '../format.ts'
import type { Translation } from '../translation.ts'

export const calls: Translation<typeof en> = {
  call: {
    label: ({ name, state }) => `Werkzeug ${name}, ${state}`,
    arguments: 'Argumente',
    returned: 'Ergebnis',
    sentToAssistant: 'An den Assistenten gesendet',
    approveButton: 'Genehmigen',
    declineButton: 'Ablehnen',
    milliseconds: ({ count }) => `${formatNumber(count)} ms`,
    seconds: ({ count }) => `${count} s`,
  },
  group: {
    label: ({ count, states }) => `${formatNumber(count)} Werkzeuge: ${states}`,
    count: ({ count }) => `${formatNumber(count)} Werkzeuge`,
    inState: ({ count, state }) => `${formatNumber(count)} ${state}`,
  },
  states: {
    waiting: 'wartet',
    running: 'läuft',
    parked: 'braucht Ihre Genehmigung',
    completed: 'fertig',
    failed: 'fehlgeschlagen',
    timedOut: 'Zeit überschritten',
    denied: 'abgelehnt',
    cancelled: 'nicht gestartet',
    unknown: 'wurde unterbrochen; vielleicht hat es schon gewirkt',
  },
}
