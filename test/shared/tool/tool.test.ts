import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { ToolContext } from '../../../shared/tool/context.ts'
import { ToolFailure, tool } from '../../../shared/tool/tool.ts'

const context = {} as ToolContext

describe('A tool', () => {
  const run = vi.fn(({ text }: { text: string }) => text.toUpperCase())
  const shout = tool({ name: 'shout', description: 'Shouts.', arguments: { text: z.string().max(5) }, effect: 'none', run })

  it('declares its arguments to models', () => {
    expect(shout.parameters).toEqual({
      type: 'object',
      properties: { text: { type: 'string', maxLength: 5 } },
      required: ['text'],
      additionalProperties: false,
    })
  })

  it('runs with valid arguments', async () => {
    expect(await shout.run('{"text":"hi"}', context)).toEqual({ ok: true, value: 'HI' })
  })

  it('reports a failure in words, and lets every other error through', async () => {
    const fails = (error: Error) =>
      tool({ name: 'fails', description: '', arguments: {}, effect: 'none', run: () => Promise.reject(error) }).run('', context)
    expect(await fails(new ToolFailure('There is no such page.'))).toEqual({ ok: false, error: 'There is no such page.' })
    await expect(fails(new Error('a bug'))).rejects.toThrow('a bug')
  })

  it.each(['', '{', '[]', 'null', '{"text":1}', '{"text":"too long"}', '{"text":"hi","more":1}', '{"text":"hi","__proto__":{"a":1}}'])(
    'refuses %s with an explanation, and does not run',
    async (args) => {
      run.mockClear()
      expect(await shout.run(args, context)).toMatchObject({ ok: false, error: expect.stringContaining('not valid') })
      expect(run).not.toHaveBeenCalled()
    },
  )
})
