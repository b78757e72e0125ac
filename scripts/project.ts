/** What the scripts know of the project: where it lies and which Workers it has. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = dirname(import.meta.dirname)

export const exists = (path: string): boolean => existsSync(join(root, path))

const worker = (folder: string, name: string, config = `${folder}/wrangler.toml`) => ({
  config,
  main: `${folder}/worker.ts`,
  types: `${folder}/env.gen.d.ts`,
  /** The interface of its bindings. */
  env: `${name}Env`,
})

/** Every Worker that is deployed. The first is the one that takes HTTP. */
export const workers = [
  worker('workers/gateway', 'Gateway', 'wrangler.toml'),
  worker('durable-objects', 'State'),
  worker('workers/conversation', 'Conversation'),
  worker('workers/tools', 'Tools'),
  worker('workers/background', 'Background'),
]
