/** Variables of the logs. */
import { everyDeployable, type Variable } from '../variable.ts'

export const logVariables = {
  SOMA_LOG_LEVEL: {
    kind: 'choice',
    values: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    where: [...everyDeployable, 'start'],
    ifWrong: 'default',
    what: 'The lowest level that a Worker logs. `npm start` sets `warn`, unless the environment names another level.',
  },
} as const satisfies Record<string, Variable>
