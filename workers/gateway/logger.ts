/** The logger of the gateway. */
import { Logger } from '../../shared/log.ts'

export const logger = new Logger('gateway')
