import { describe, expect, it } from 'vitest'

import { ownMigrations } from '../../shared/database/migrations.ts'

// Each file with the SHA-256 of its text, from the day it came to main on. A new migration adds a line; no line changes.
const kept: Readonly<Record<string, string>> = {
  '0001_reference.sql': '4ab60ba01eb445a0a80d8d73e149fa4a1a7c1a5764739c13826e77d422098bae',
  '0002_calls.sql': 'cc86813c11c187f65e05002fd3f18d0417e4b81421249d166053053f5f6e8dc0',
  '0003_edits.sql': '233758ab47880d2556faf97977d62fe157b92f960929a53c35c8726f715d5fb4',
  '0004_rerating.sql': '1d7e301c497822fb70e5764dd15e6d05b1ee57ef5bdf6d85d09ee609c9a61b17',
  '0005_bundles.sql': '9800f38b11ba3f4d016e81cf70b8349ef10eceec44cfbae7104968f9639f84eb',
  '0006_rules_of_sources.sql': 'b8510c071ce7f14dedf94f9a8a8dae8ab192298b9670b8eb94026e763f35a780',
  '0007_cdr_import.sql': 'facc13e6d20e34df9933319e861bb65b35b65581ca5a0f2c76cf53ef16700fac',
  '0008_parts_of_calls.sql': 'b6b41c9b10a365516e19f0b5239f376b3bd769b0085cd3d80cd6e7034a04777b',
  '0009_care_for_sources.sql': '0520a86df8ec0e5b69e070c83221bf38b80d32aced9d9193bf0962593547d369',
  '0010_priced_plan.sql': '0c385b79e7d6f241fa68a5d08d061a413fc5f8cdac9315f3cbc3ed8e7f32277b',
  '0011_rows_in_use.sql': 'd4bf48f9bc603f35d17f74c1ea7b08f2086c35f29430a426a78b1f81d9147aee',
  '0012_readers.sql': '9fc7bf7a8d8d28329060b596369cae7487602b180d9c9040f8a140e92983b527',
  '0013_archive.sql': 'f873b3301e13675b3f006a9498c904a3b1caa71a56a33aa0a91f8b171adc2825',
  '0014_guards.sql': '53e4aa249f1adb879447d8a21c76d7f5d615e1adef37b07c7e04a53103fcd141',
  '0015_one_masking.sql': '96736540c69ed38cda9c5478469e79772639877205d71888af92b64fe42eec74',
  '0016_words_that_count.sql': 'fc2a740310c22a65d8caf206115b18f0590eefbc0afc19d91640c99d0c4dbe91',
  '0017_channels.sql': 'd620734af12d2c944a03c41bff64bc420eae31d2003e4362277c99fe8265eb88',
  '0018_pauses.sql': '36163b3ca19f38ad8c9b69f55c91a7818d4efdf9654cf969658602b406e24ed0',
  '0019_shapes_of_records.sql': '790d8138b927b3671ce8cbc864d89737e6782379fdedc6520cbe0bae6cf6d308',
  '0020_deck_mapping.sql': '9379eca8325cf57aedaf5494758bd6bf307bde14154e24361d30b55dfb503fd3',
  '0021_sums.sql': '49069fce1061adc9108ea4a1311ecc5f301c365664e264d020c228959c27aa12',
  '0022_causes.sql': '6651014196161eb0fcd2d3447b56affe2cf263bb103ead74dbc969ef0f17ffb0',
  '0023_statements.sql': '4475caefa3a8fda8ed4700e83348cb015040d9f1285917b0d62e7dbe610fd8e2',
  '0024_day_sums.sql': '8cb9230b7eac85ebb2254f9237b5bd08f68ce946e953985afbd2c698cd619304',
  '0025_accounts.sql': 'f74f16d5817c1c850af61c9fa6d3aa8319df7ee1cfebd3b3ddddf68a9d2e6dba',
  '0026_short_conditions.sql': 'd9a41da2d71536deaae5a9eb62348fcc5f3cd9ec398947798249c2951b9a908e',
  '0027_lag.sql': '5b191e56b24dc71ec6ddb17f3bbe4fe3a4d5a4b499f8300517835b4caf230234',
  '0028_alerts.sql': '7eceb123f5b76fc377d738b43527cd36fdcc45accee40d046ab0a531ec17e4fc',
  '0029_web.sql': '6c599878369b744a2f05c4e8d77e38e1d7f41352a8ea7ac650d71047ce438145',
  '0030_history.sql': '7c7ac34c3787d0ecac66c58e7d06e65fb569d6b27642d1d1dc6a6660757c7015',
  '0031_api.sql': '0661e7f4713d45cf489425e33dabbdedfc20a567368e746657d429810cf965dd',
  '0032_forget.sql': '1bca98f7276bd2fb3bfa6fda93dc5b5c9635c95f8715ddc09018d8b65e7e639d',
  '0033_portal.sql': '847e56332e29baf9636683e3c4935d1085566ee5a75937b44fae781880a48a3b',
  '0034_letters.sql': '5799aaebe12324b7e1710f739aef85716cae6397aac8d571f94793beb449c5fd',
  '0035_several_databases.sql': 'c1420aac2fbaab4537135e2d50b91567d0612c119355ff64de93c354669e2b01',
  '0036_portal_of_any_day.sql': '3bdbfc2a684f54f11040e91f74844f29f6e65f5a7986131805e4e00ddfddff15',
  '0037_release.sql': 'c3528aeede21781d5fb14777fe274e9fd509b435a0c5bc1f6f8fb06eb39615fb',
  '0038_never_dialled.sql': 'ca895cf88ccfa91514b39cb1f04103cd43dddd67cf98dba8ba1a7422658b8d44',
  '0039_deck_load.sql': '182cdef3b625581fcf3e92cfabbf2f4b6cbbe718ec7eeff492d0c73ca2656df8',
  '0040_quick_questions.sql': '38d1f9bea1f0e989073c8d9383aeed714be4d7b92621d37c8805e6937e1208a6',
  '0041_old_causes.sql': '604e741b30068f3bbade003f0b207196346d98fa00988269249560ed24b88d01',
  '0042_shorter_moves.sql': '2ea27c1ce7e3ad11057a733534f855f516b456e019d93e158b65894e77542525',
}

describe('migrations', () => {
  const own = new Map(ownMigrations().map(({ name, hash }) => [name, hash]))

  it.each(Object.entries(kept))('leave %s as it was when databases took it', (name, hash) => {
    expect(own.get(name)).toBe(hash)
  })

  it('are each kept here from the day they come', () => {
    expect([...own.keys()]).toEqual(Object.keys(kept))
  })
})
