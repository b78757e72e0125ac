/** Variables of commands only. */
import type { Variable } from '../variable.ts'

/** The variables by name. */
export const commandVariables = {
  PORT: {
    kind: 'integer',
    min: 1,
    max: 65_535,
    default: '',
    readBy: ['start', 'backup', 'restore', 'policy', 'constitution', 'verify-audit'],
    ifWrong: 'refuse',
    description:
      'The port of the stack. Without it `npm start` takes the first free port from 8787 on, and the other commands use port 8787.',
  },
  SOMA_STATE: {
    kind: 'text',
    default: '.soma',
    readBy: ['start'],
    description: "The folder of the stack's data. A relative path starts at the project's root.",
  },
  SOMA_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['backup', 'restore', 'replay', 'policy', 'constitution', 'verify-audit', 'soma'],
    secret: true,
    description: 'The token that the command sends. Without it the command signs one with the development key; `soma` does not.',
  },
  SOMA_URL: {
    kind: 'text',
    default: 'http://localhost:8787',
    readBy: ['soma'],
    description: 'The server that the command line client talks to.',
  },
  SOMA_REPLAY_TOKEN: {
    kind: 'text',
    default: '',
    readBy: ['replay'],
    secret: true,
    description:
      'The token of the user for the model of `npm run replay -- … --from`. Without it the command signs one with the development key.',
  },
  CHROMIUM: {
    kind: 'text',
    default: '/usr/bin/chromium',
    readBy: ['test:browser'],
    description: 'The path of the Chromium that runs the browser tests.',
  },
  SOMA_MIGRATIONS_OUT: {
    kind: 'text',
    default: './migrations',
    readBy: ['generate'],
    description: 'The folder that migrations are written to. `npm run check` sets it to a scratch folder.',
  },
} as const satisfies Record<string, Variable>
