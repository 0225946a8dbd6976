/** PySpark behind a local cloud's Glue: whether it is there, and installing it. */
export { findSpark, installSpark, missingForSpark, SPARK_VERSION } from '@headwaters/localstack/spark';
