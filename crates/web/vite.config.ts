import { defineConfig } from "vite";

export default defineConfig({
  root: "ui",
  build: { outDir: "../dist", emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 1500, assetsInlineLimit: 0 },
});
