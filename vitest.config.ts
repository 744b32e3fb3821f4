import { defineConfig } from 'vitest/config'

// Fast tests need nothing; *.db.test.ts bring their own servers (test/support/servers.ts).
const database = {
  globalSetup: ['test/support/servers.ts'],
  testTimeout: 60_000,
  hookTimeout: 120_000,
  // A process that starts beside other tests takes its time.
  expect: { poll: { timeout: 20_000 } },
}
// What they promise is a time, or the whole machine: one after another, when the others are done.
const alone = [
  'test/all-stages.db.test.ts',
  'test/pm2.db.test.ts',
  'test/shared/healing/*.db.test.ts',
  'test/sql/change-log.db.test.ts',
  'test/shared/several/*.db.test.ts',
  'test/faults/faults.db.test.ts',
]

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.db.test.ts'],
          // Property tests take their time on a busy machine.
          testTimeout: 30_000,
        },
      },
      { test: { name: 'db', include: ['test/**/*.db.test.ts'], exclude: alone, ...database } },
      {
        test: {
          name: 'alone',
          include: alone,
          ...database,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
