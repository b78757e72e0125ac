/** The libraries that are compared. The AI SDK's packages are installed in this folder. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '../../shared/model/model.ts'
import type { Endpoint } from '../../workers/conversation/models/endpoint.ts'
import { openAICompatible } from '../../workers/conversation/models/openai-compatible.ts'
import { type AiSdkModel, type AiSdkOptions, aiSdkModel } from './ai-sdk-model.ts'

/** A library under comparison. */
export interface Library {
  /** The name of its package. */
  readonly name: string
  /** The code of a bundle that contains only this library. */
  readonly source: string
  /** Whether it speaks the format of our cases. The others speak their provider's own format. */
  readonly speaksChat: boolean
  readonly model: (endpoint: Endpoint) => Model
}

type Factory = (options: AiSdkOptions) => { (model: string): AiSdkModel; chat?(model: string): AiSdkModel }

const packagesFolder = join(import.meta.dirname, 'node_modules')

/** The libraries, ours first. Installs this folder's packages if they are missing. */
export async function loadLibraries(): Promise<readonly Library[]> {
  if (!existsSync(packagesFolder)) execFileSync('npm', ['ci', '--silent'], { cwd: import.meta.dirname, stdio: 'inherit' })
  const current: Library = {
    name: 'openai',
    source: "import OpenAI from 'openai'; globalThis.wire = OpenAI",
    speaksChat: true,
    model: openAICompatible,
  }
  const sdk = async (name: string, factory: string, speaksChat = true, method?: 'chat'): Promise<Library> => {
    const file = join(packagesFolder, '@ai-sdk', name, 'dist/index.mjs')
    const create = ((await import(file)) as Record<string, Factory>)[factory]
    if (!create) throw new Error(`@ai-sdk/${name} has no ${factory}.`)
    return {
      name: `@ai-sdk/${name}`,
      source: `import { ${factory} } from '@ai-sdk/${name}'; globalThis.wire = ${factory}`,
      speaksChat,
      model: (endpoint) =>
        aiSdkModel((options, model) => {
          const provider = create(options)
          return (method && provider[method]?.(model)) || provider(model)
        }, endpoint),
    }
  }
  return [
    current,
    await sdk('openai-compatible', 'createOpenAICompatible'),
    await sdk('openai', 'createOpenAI', true, 'chat'),
    await sdk('mistral', 'createMistral'),
    await sdk('deepseek', 'createDeepSeek'),
    await sdk('google', 'createGoogleGenerativeAI', false),
    await sdk('anthropic', 'createAnthropic', false),
  ]
}
