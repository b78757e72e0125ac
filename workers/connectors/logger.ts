/** The logger of the connectors Worker. */
import { Logger } from '../../shared/log.ts'

export const logger = new Logger('connectors')
