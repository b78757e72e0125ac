import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { tool } from '../../../shared/tool/tool.ts'

const { signal } = new AbortController()

describe('A tool', () => {
  const run = vi.fn(({ text }: { text: string }) => text.toUpperCase())
  const shouting = tool({ name: 'shout', description: 'Shouts.', arguments: { text: z.string().max(5) }, effect: 'none', run })

  it('declares its arguments to models', () => {
    expect(shouting.parameters).toEqual({
      type: 'object',
      properties: { text: { type: 'string', maxLength: 5 } },
      required: ['text'],
      additionalProperties: false,
    })
  })

  it('runs with valid arguments', async () => {
    expect(await shouting.run('{"text":"hi"}', signal)).toEqual({ ok: true, value: 'HI' })
  })

  it.each(['', '{', '[]', 'null', '{"text":1}', '{"text":"too long"}', '{"text":"hi","more":1}', '{"text":"hi","__proto__":{"a":1}}'])(
    'refuses %s in words, and does not run',
    async (args) => {
      run.mockClear()
      expect(await shouting.run(args, signal)).toMatchObject({ ok: false, error: expect.stringContaining('not valid') })
      expect(run).not.toHaveBeenCalled()
    },
  )
})
