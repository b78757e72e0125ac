/** The tools that models may call: one file per tool. */
import type { Tool } from '../../../shared/tool/tool.ts'
import { askUser } from './ask-user.ts'
import { codeExecute } from './code-execute.ts'
import { echo } from './echo.ts'
import { httpFetch } from './http-fetch.ts'
import { timestamp } from './timestamp.ts'

/** Every tool. */
export const tools: readonly Tool[] = [askUser, codeExecute, echo, timestamp, httpFetch]
