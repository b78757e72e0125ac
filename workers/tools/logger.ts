/** The logger of the tools Worker. */
import { Logger } from '../../shared/log.ts'

export const logger = new Logger('tools')
