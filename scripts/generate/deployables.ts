/** Draws the Workers, their objects, RPC calls and queues as a Mermaid flowchart. The wrangler files are the only source. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { z } from 'zod'
import { root, workers } from '../project.ts'

/** The diagram data of one wrangler file. */
export interface Deployable {
  readonly name: string
  /** One sentence, from the first comment of the file. */
  readonly purpose: string
  /** Object classes, with the Worker that holds them. */
  readonly objects: readonly { readonly holder: string; readonly className: string }[]
  /** Entrypoints of other Workers that this Worker calls. */
  readonly calls: readonly { readonly worker: string; readonly entrypoint: string }[]
  readonly produces: readonly string[]
  readonly consumes: readonly string[]
}

/** The fields of a wrangler file that the diagram shows, as wrangler itself reads them. */
const WranglerFile = z.object({
  name: z.string(),
  durable_objects: z.object({ bindings: z.array(z.object({ class_name: z.string(), script_name: z.string().optional() })) }),
  services: z.array(z.object({ service: z.string(), entrypoint: z.string().default('default') })).default([]),
  queues: z.object({
    producers: z.array(z.object({ queue: z.string() })).default([]),
    consumers: z.array(z.object({ queue: z.string() })).default([]),
  }),
})

function readDeployable(path: string): Deployable {
  const { name, durable_objects, services, queues } = WranglerFile.parse(unstable_readConfig({ config: join(root, path) }))
  const [, purpose = ''] = /^# [\w-]+: (.*?)\.(?:\s|$)/.exec(readFileSync(join(root, path), 'utf8')) ?? []
  return {
    name,
    purpose,
    objects: durable_objects.bindings.map(({ class_name, script_name }) => ({ holder: script_name ?? name, className: class_name })),
    calls: services.map(({ service, entrypoint }) => ({ worker: service, entrypoint })),
    produces: queues.producers.map(({ queue }) => queue),
    consumes: queues.consumers.map(({ queue }) => queue),
  }
}

/** Mermaid source. A dotted arrow is a doorbell through a queue, a plain arrow is RPC. */
export function deployablesDiagram(deployables: readonly Deployable[]): string {
  const nodes = deployables.map(({ name, purpose, objects }) => {
    const ownClasses = objects.filter(({ holder }) => holder === name).map(({ className }) => className)
    const classes = ownClasses.length === 0 ? '' : `<br>objects: ${ownClasses.join(', ')}`
    return `  ${name}["<b>${name}</b><br>${purpose}${classes}"]`
  })
  const calls = deployables.flatMap(({ name, calls }) => calls.map(({ worker, entrypoint }) => `  ${name} -- ${entrypoint} --> ${worker}`))
  const objects = deployables.flatMap(({ name, objects }) =>
    [...new Set(objects.map(({ holder }) => holder))]
      .filter((holder) => holder !== name)
      .map((holder) => `  ${name} -- "${inRows(objects.filter((object) => object.holder === holder))}" --> ${holder}`),
  )
  const queues = [...new Set(deployables.flatMap(({ produces, consumes }) => [...produces, ...consumes]))].sort()
  const doorbells = queues.flatMap((queue) => [
    `  ${queue}[/${queue}/]`,
    ...deployables.filter(({ produces }) => produces.includes(queue)).map(({ name }) => `  ${name} -.-> ${queue}`),
    ...deployables.filter(({ consumes }) => consumes.includes(queue)).map(({ name }) => `  ${queue} -.-> ${name}`),
  ])
  return ['```mermaid', 'flowchart TB', ...nodes, ...calls, ...objects, ...doorbells, '```'].join('\n')
}

/** Three class names per row, so arrow labels stay narrow. */
const inRows = (objects: Deployable['objects']): string =>
  objects.map(({ className }, index) => (index === 0 ? '' : index % 3 === 0 ? ',<br>' : ', ') + className).join('')

/** `markdown` with the diagram between its markers. Throws when a marker is missing. */
export function withDeployables(markdown: string): string {
  const section = /(<!-- deployables -->\n)[\s\S]*?(<!-- \/deployables -->)/
  if (!section.test(markdown)) throw new Error('docs/architecture.md has no <!-- deployables --> markers.')
  const diagram = deployablesDiagram(workers.map(({ config }) => readDeployable(config)))
  return markdown.replace(section, (_, before, after) => `${before}${diagram}\n${after}`)
}
