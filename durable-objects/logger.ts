/** The logger of the objects. */
import { Logger } from '../shared/log.ts'

export const logger = new Logger('state')
