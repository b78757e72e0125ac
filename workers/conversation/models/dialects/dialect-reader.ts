import type { ModelChunk } from '../../../../shared/model/model.ts'
import type { EventReader } from '../dialect.ts'
import type { Answer } from './answer.ts'

/** Reads the events of a dialect into one answer. */
export abstract class DialectReader implements EventReader {
  protected readonly answer: Answer

  constructor(answer: Answer) {
    this.answer = answer
  }

  abstract read(event: unknown): Iterable<ModelChunk>

  end(): Iterable<ModelChunk> {
    return this.answer.end()
  }

  get calls(): number {
    return this.answer.calls
  }

  get endsWithinMs(): number | undefined {
    return this.answer.endsWithinMs
  }
}
