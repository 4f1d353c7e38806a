import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['dist', 'dist-tests', '**/*.mjs'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'max-lines': ['error', { max: 300 }],
      eqeqeq: 'error',
    },
  },
  // The runner awaits what a test returns.
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
