/** Variables of the logs. */
import { allDeployables, type Variable } from '../variable.ts'

/** The variables by name. */
export const logVariables = {
  SOMA_LOG_LEVEL: {
    kind: 'choice',
    values: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    readBy: [...allDeployables, 'start'],
    ifWrong: 'default',
    description: 'The lowest level that a Worker logs. `npm start` sets `warn`, unless the environment names another level.',
  },
} as const satisfies Record<string, Variable>
