/** The diagram shows each Worker, its objects, its calls and its queues. */
import { expect, it } from 'vitest'
import { deployablesDiagram } from '../../scripts/generate/deployables.ts'

it('draws objects, calls and queues once each', () => {
  const diagram = deployablesDiagram([
    {
      name: 'front',
      purpose: 'takes requests',
      objects: ['A', 'B', 'C', 'D'].map((className) => ({ holder: 'state', className })),
      calls: [{ worker: 'state', entrypoint: 'Admin' }],
      produces: [],
      consumes: ['bell'],
    },
    {
      name: 'state',
      purpose: 'holds objects',
      objects: [{ holder: 'state', className: 'A' }],
      calls: [],
      produces: ['bell'],
      consumes: [],
    },
  ])
  expect(diagram.split('\n')).toEqual([
    '```mermaid',
    'flowchart TB',
    '  front["<b>front</b><br>takes requests"]',
    '  state["<b>state</b><br>holds objects<br>objects: A"]',
    '  front -- Admin --> state',
    '  front -- "A, B, C,<br>D" --> state',
    '  bell[/bell/]',
    '  state -.-> bell',
    '  bell -.-> front',
    '```',
  ])
})
