/** The tools that models may call: one file per tool. */
import type { Tool } from '../../../shared/tool/tool.ts'
import { askUser } from './ask-user.ts'
import { calculate } from './calculate.ts'
import { callAgent } from './call-agent.ts'
import { codeExecute } from './code-execute.ts'
import { documentIngest } from './document-ingest.ts'
import { echo } from './echo.ts'
import { fileEdit } from './file-edit.ts'
import { fileList } from './file-list.ts'
import { fileRead } from './file-read.ts'
import { fileWrite } from './file-write.ts'
import { httpFetch } from './http-fetch.ts'
import { memoryForget } from './memory-forget.ts'
import { memoryRecall } from './memory-recall.ts'
import { memorySave } from './memory-save.ts'
import { search } from './search.ts'
import { timestamp } from './timestamp.ts'
import { toolSearch } from './tool-search.ts'
import { webSearch } from './web-search.ts'

/** Every tool. */
export const tools: readonly Tool[] = [
  askUser,
  calculate,
  callAgent,
  codeExecute,
  documentIngest,
  echo,
  fileEdit,
  fileList,
  fileRead,
  fileWrite,
  httpFetch,
  memoryForget,
  memoryRecall,
  memorySave,
  search,
  timestamp,
  toolSearch,
  webSearch,
]
