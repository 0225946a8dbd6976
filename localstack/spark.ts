/** The package's entry for PySpark behind Glue's jobs: whether it is there, and installing it. */
export { findSpark, installSpark, missingForSpark, SPARK_VERSION } from './services/glue/spark/install.ts';
