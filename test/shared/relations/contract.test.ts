/** The contract of `Relations` on the local driver. `test/peers/openfga` runs it on a real server too. */
import { describe, it } from 'node:test'
import { modelFromDsl } from '../../../scripts/relations/model.ts'
import { localRelations } from '../../../shared/relations/relations.ts'
import { InMemoryTupleStore } from '../../../shared/relations/store.ts'
import { contract } from '../../peers/openfga/contract.ts'

describe('Local relations', () => {
  for (const { name, run } of contract) {
    it(name, () =>
      run(async (dsl) => {
        const model = modelFromDsl(dsl)
        if (!model.ok) throw new Error(model.error.detail)
        return localRelations(model.value, new InMemoryTupleStore())
      }),
    )
  }
})
