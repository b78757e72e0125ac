/** The logger of the background Worker. */
import { Logger } from '../../shared/log.ts'

export const logger = new Logger('background')
