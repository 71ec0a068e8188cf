/**
 * Tables as data: CSV and TSV files with a header become rows of features and a label.
 *
 * <pre>{@code
 * Table table = Table.open(Path.of("iris.csv"), TableOptions.of("species"));
 * TabularDataset.Split data = table.split(0.2, 1);
 * TableSchema schema = data.schema();
 * MlpClassifier module = new MlpClassifier(schema.features(), schema.outputs(), 32);
 * Trainer.of(options).fit(module, data.train(), data.validation());
 * }</pre>
 *
 * <p>Reading order: {@link dev.javelin.data.table.TableOptions} (what is predicted, what is left out), {@link
 * dev.javelin.data.table.Table} (a file in memory), {@link dev.javelin.data.table.TabularDataset} (rows for the
 * trainer), {@link dev.javelin.data.table.TableSchema} (how columns become features: learnt from the training part, kept
 * with the weights), {@link dev.javelin.data.table.TableRows} (other tables by a schema, row by row, for predictions).
 *
 * <p>Data flow: {@code TableReader} gives cells with their line; {@code TableScan} learns in a first pass what columns
 * are; {@code Table} keeps values by column; datasets make features when rows are read. Errors name file, line and
 * column.
 *
 * <p>Threads: tables and datasets may be read by any thread at once, {@code TableRows} by one.
 */
@NullMarked
package dev.javelin.data.table;

import org.jspecify.annotations.NullMarked;
