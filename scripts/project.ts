/** The project's root folder and its Workers. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The absolute path of the root folder. */
export const root = dirname(import.meta.dirname)

/** Whether `path` exists. Relative to the root folder. */
export const exists = (path: string): boolean => existsSync(join(root, path))

const worker = (folder: string, name: string, config = `${folder}/wrangler.toml`) => ({
  config,
  main: `${folder}/worker.ts`,
  types: `${folder}/env.gen.d.ts`,
  /** The interface of its bindings. */
  env: `${name}Env`,
})

/** Every deployed Worker. The first one receives HTTP requests. */
export const workers = [
  worker('workers/gateway', 'Gateway', 'wrangler.toml'),
  worker('durable-objects', 'State'),
  worker('workers/conversation', 'Conversation'),
  worker('workers/tools', 'Tools'),
  worker('workers/connectors', 'Connectors'),
  worker('workers/background', 'Background'),
  worker('workers/sandbox', 'Sandbox'),
  worker('workers/code', 'Code'),
  worker('workers/documents', 'Documents'),
]
