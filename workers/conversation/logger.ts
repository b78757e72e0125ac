/** The logger of the conversation Worker. */
import { Logger } from '../../shared/log.ts'

export const logger = new Logger('conversation')
