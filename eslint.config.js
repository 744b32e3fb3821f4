import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  { ignores: ['node_modules', '.cache', 'test/fixtures'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-else-return': 'error',
      // Control characters are what records contain; the patterns that remove them must name them.
      'no-control-regex': 'off',
    },
  },
  // What is not defined is found by the type check, in .js files too.
  { files: ['**/*.js'], rules: { 'no-undef': 'off' } },
  prettier,
)
