import js from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules'] },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off', // indices are checked by the loops around them
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-meaningless-void-operator': 'off', // void x.value is how an effect says what it reads
      'no-restricted-properties': [
        'error',
        ...['innerHTML', 'outerHTML', 'insertAdjacentHTML'].map((property) => ({ property, message: 'the DOM is written as text only' })),
      ],
      'no-restricted-globals': ['error', 'localStorage', 'sessionStorage', 'eval'],
      'max-lines': ['error', 400],
    },
  },
  { files: ['e2e/**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly', document: 'readonly', setTimeout: 'readonly', fetch: 'readonly', URL: 'readonly', performance: 'readonly', getComputedStyle: 'readonly', window: 'readonly', location: 'readonly' } } },
);
