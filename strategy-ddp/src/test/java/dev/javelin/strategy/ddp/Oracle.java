package dev.javelin.strategy.ddp;

import java.util.Arrays;

/** PowerSGD with error feedback and warm start on one matrix, in plain loops over doubles: what the fragments are measured by. */
final class Oracle {
    private final int rows;
    private final int columns;
    private final double[][] q; // [rank][columns]
    private final double[][][] errors; // [ranks][rows][columns]
    private final boolean feedback;

    Oracle(int ranks, int rows, int columns, double[][] q, boolean feedback) {
        this.rows = rows;
        this.columns = columns;
        this.q = q;
        this.feedback = feedback;
        errors = new double[ranks][rows][columns];
    }

    double[][] error(int rank) {
        return errors[rank];
    }

    double[][] factor() {
        return q;
    }

    /** The approximate mean of shares, [ranks][rows][columns], whose sum is the mean. */
    double[][] step(double[][][] shares) {
        double[][][] m = new double[shares.length][rows][columns];
        for (int r = 0; r < shares.length; r++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    m[r][i][j] = shares[r][i][j] + (feedback ? errors[r][i][j] : 0);
                }
            }
        }
        double[][] sum = new double[rows][columns];
        for (double[][] one : m) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    sum[i][j] += one[i][j];
                }
            }
        }
        orthonormalize(q);
        double[][] p = new double[q.length][rows];
        for (int k = 0; k < q.length; k++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    p[k][i] += sum[i][j] * q[k][j];
                }
            }
        }
        orthonormalize(p);
        double[][] mean = new double[rows][columns];
        for (int k = 0; k < q.length; k++) {
            Arrays.fill(q[k], 0);
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    q[k][j] += sum[i][j] * p[k][i];
                }
            }
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    mean[i][j] += p[k][i] * q[k][j];
                }
            }
        }
        for (int r = 0; r < shares.length; r++) {
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    errors[r][i][j] = m[r][i][j] - mean[i][j] / shares.length;
                }
            }
        }
        return mean;
    }

    /** Modified Gram-Schmidt over rows. */
    private static void orthonormalize(double[][] vectors) {
        for (int k = 0; k < vectors.length; k++) {
            double norm = Math.sqrt(dot(vectors[k], vectors[k]));
            for (int i = 0; i < vectors[k].length; i++) {
                vectors[k][i] /= norm;
            }
            for (int other = k + 1; other < vectors.length; other++) {
                double share = dot(vectors[k], vectors[other]);
                for (int i = 0; i < vectors[k].length; i++) {
                    vectors[other][i] -= share * vectors[k][i];
                }
            }
        }
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
