/**
 * The engine of the code Worker, from the pinned packages: QuickJS with a fuel meter, and the programs that run inside it.
 * The files are committed, so that a fresh clone starts, tests and deploys without a step of its own.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { enginePages } from '../../shared/code/limits.ts'
import { addFuel } from '../engine/add-fuel.ts'
import { root } from '../project.ts'

const require = createRequire(import.meta.url)
/** The bundler of wrangler is a dependency of it. */
const esbuild: typeof import('esbuild') = createRequire(require.resolve('wrangler/package.json'))('esbuild')

const folder = 'workers/code/engine'

/** Path from the root → contents. The same packages and sources give the same bytes. */
export async function engineFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const [prelude, stripTypes] = await Promise.all([bundleGuest('prelude'), bundleGuest('strip-types')])
  const quickjs = addFuel(readFileSync(require.resolve('quickjs-wasi/quickjs.wasm')), enginePages)
  const hash = createHash('sha256').update(quickjs).update(prelude).digest('hex')
  const text = (content: string) => new TextEncoder().encode(content)
  return new Map([
    [`${folder}/quickjs.wasm`, quickjs],
    [`${folder}/prelude.txt`, text(prelude)],
    [`${folder}/strip-types.txt`, text(stripTypes)],
    [`${folder}/hash.txt`, text(hash)],
    [`${folder}/LICENSES.txt`, text(licenses(['quickjs-wasi', 'sucrase']))],
  ])
}

/** The exports of a guest program, as one expression. */
async function bundleGuest(name: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(root, 'workers/code/guest', `${name}.ts`)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'cjs',
    target: 'es2023',
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  })
  return `(()=>{const module={exports:{}};${outputFiles[0]?.text.trim() ?? ''}return module.exports})()`
}

const licenses = (packages: readonly string[]): string =>
  packages.map((name) => `${name}\n\n${readFileSync(join(root, 'node_modules', name, 'LICENSE'), 'utf8').trim()}\n`).join('\n')
