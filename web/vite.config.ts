import { defineConfig } from 'vite';
import { fileURLToPath } from 'node:url';

const build = process.env['BUILD'] ?? '../build';
const here = (p: string): string => fileURLToPath(new URL(p, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      // The build of MapLibre that needs no worker from a blob, so that a strict Content-Security-Policy holds.
      { find: /^maplibre-gl$/, replacement: here('node_modules/maplibre-gl/dist/maplibre-gl-csp.js') },
      { find: '@gen', replacement: here(`${build}/gen/es/zongheng/v1`) },
    ],
  },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: here(`${build}/web`),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        manualChunks: (id) => (id.includes('maplibre-gl') && !id.includes('adapter') ? 'maplibre' : undefined),
      },
    },
  },
  server: { proxy: { '^/(zongheng\\.v1\\.|metrics|healthz|readyz)': process.env['ZONGHENG_HTTP'] ?? 'http://127.0.0.1:7480' } },
});
