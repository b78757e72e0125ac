/** Variables of programs that models write. JavaScript and TypeScript need none. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const codeVariables = {
  SOMA_PYTHON_URL: {
    kind: 'url',
    protocols: ['https', 'http'],
    default: '',
    readBy: ['tools'],
    ifWrong: 'unavailable',
    description:
      'The runner of programs in Python, such as `http://python.internal:8000/run`. Without it, `code_execute` refuses Python. See docs/runbook/python.md.',
  },
  SOMA_PYTHON_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['tools'],
    secret: true,
    description: 'The bearer token for that runner.',
  },
} as const satisfies Record<string, Variable>
