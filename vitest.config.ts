import { defineConfig } from 'vitest/config'

// Fast tests need nothing; *.db.test.ts bring their own servers (test/support/servers.ts).
export default defineConfig({
  test: {
    // Two at a time: each file of the second kind starts stage processes of its own.
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
      {
        test: {
          name: 'db',
          include: ['test/**/*.db.test.ts'],
          globalSetup: ['test/support/servers.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
