/** Variables of files that users upload. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const fileVariables = {
  SOMA_SCANNER_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['state'],
    ifWrong: 'unavailable',
    description:
      'The virus scanner, such as `http://scanner.internal:8080/scan`. With it, a file is readable once the scanner has accepted it. See docs/runbook/scanner.md.',
  },
  SOMA_SCANNER_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['state', 'scanner'],
    secret: true,
    description: 'The bearer token for that scanner.',
  },
  SOMA_SCANNER_FAIL: {
    kind: 'choice',
    values: ['closed', 'open'],
    default: 'closed',
    readBy: ['state'],
    ifWrong: 'default',
    description:
      'What becomes of files while the scanner gives no verdict. `closed`: they wait until it does. `open`: after three attempts they are accepted unscanned.',
  },
} as const satisfies Record<string, Variable>
