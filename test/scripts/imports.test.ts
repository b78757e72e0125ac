import { describe, expect, it } from 'vitest'
import { importsOf, violations } from '../../scripts/check/imports.ts'

/** The violations of one file that holds `source`. */
const violationsOf = (file: string, source: string) => violations(importsOf(file, source))

describe('The import rules', () => {
  it('accept imports of lower layers', () => {
    expect(violationsOf('workers/gateway/app.ts', "import { ok } from '../../shared/result.ts'")).toEqual([])
    expect(violationsOf('workers/gateway/app.ts', "import type { Session } from '../../durable-objects/session/session.ts'")).toEqual([])
    expect(violationsOf('workers/gateway/app.ts', "import { type A, type B } from '../../durable-objects/session/session.ts'")).toEqual([])
    expect(violationsOf('web/src/app/App.tsx', "import { Client } from '../../../shared/client/client.ts'")).toEqual([])
  })

  it.each([
    ['a value of an object in a Worker', 'workers/gateway/app.ts', "import { Session } from '../../durable-objects/session/session.ts'"],
    ['a value beside a type', 'workers/gateway/app.ts', "import { type A, Session } from '../../durable-objects/session/session.ts'"],
    [
      'a dynamic import of an object in a Worker',
      'workers/tools/worker.ts',
      "const { Session } = await import('../../durable-objects/worker.ts')",
    ],
    ['an export from an object in a Worker', 'workers/tools/worker.ts', "export { Session } from '../../durable-objects/worker.ts'"],
    ['another Worker', 'workers/gateway/app.ts', "import { consume } from '../background/consume.ts'"],
    ['another Worker, for its effect', 'workers/gateway/app.ts', "import '../background/consume.ts'"],
    ['a Worker in an object', 'durable-objects/session/session.ts', "import type { Runner } from '../../workers/conversation/worker.ts'"],
    ['a file outside shared/ in shared/', 'shared/turn/run.ts', "import type { Turns } from '../../durable-objects/session/turns.ts'"],
    ['a script in shared/', 'shared/turn/run.ts', "import { root } from '../../scripts/project.ts'"],
    ['a Worker in the web app', 'web/src/app/App.tsx', "import type { Api } from '../../../workers/gateway/worker.ts'"],
  ])('refuse %s', (_, file, source) => {
    expect(violationsOf(file, source)).toHaveLength(1)
  })

  it('reject a cycle, types included', () => {
    const two = [...importsOf('shared/a.ts', "import { b } from './b.ts'"), ...importsOf('shared/b.ts', "import type { A } from './a.ts'")]
    expect(violations(two)).toEqual(['a circle of imports: shared/a.ts → shared/b.ts → shared/a.ts'])
    const through = ['a', 'b', 'c'].flatMap((name, index, all) =>
      importsOf(`shared/${name}.ts`, `export { x } from './${all[(index + 1) % 3]}.ts'`),
    )
    expect(violations(through)).toHaveLength(1)
  })
})
