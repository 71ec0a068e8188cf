package dev.javelin.accelerator.cpu.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against values of 30 digits, computed by series in arbitrary precision. */
class ErrorFunctionTest {

    @ParameterizedTest
    @CsvSource({
        "0.0009765625,0.0011019324300718146611,0.99889806756992816084",
        "0.125,0.1403162048013338048,0.85968379519866622296",
        "0.5,0.52049987781304651868,0.47950012218695348132",
        "1,0.84270079294971489414,0.15729920705028513361",
        "1.75,0.98667167121918242234,0.013328328780817556842",
        "2.078125,0.99670634018120331304,0.003293659818796686962671",
        "2.4375,0.99943345674541983481,0.00056654325458016486453",
        "2.5,0.99959304798255499414,0.00040695201744495891876",
        "3,0.99997790950300136092,0.000022090496998585441217",
        "4.25,0.99999999814942586163,1.8505741373867424575e-9",
        "5.5,0.99999999999999267253,7.3578479179743982872e-15",
        "8,1.0,1.122429717298292643e-29",
        "20,1.0,5.3958656116079011787e-176"
    })
    void valuesAreExactToAFewUnitsInTheLastPlace(double x, double erf, double erfc) {
        assertEquals(erf, ErrorFunction.erf(x), 4 * Math.ulp(erf));
        assertEquals(-erf, ErrorFunction.erf(-x), 4 * Math.ulp(erf));
        assertEquals(2 - erfc, ErrorFunction.erfc(-x), 2e-15);
        assertEquals(erfc, ErrorFunction.erfc(x), x < 2.5 ? 4e-16 : 8e-14 * erfc);
    }

    @Test
    void endsAndNanAreRespected() {
        assertEquals(0, ErrorFunction.erf(0));
        assertEquals(1, ErrorFunction.erf(Double.POSITIVE_INFINITY));
        assertEquals(-1, ErrorFunction.erf(-7));
        assertEquals(0, ErrorFunction.erfc(40));
        assertTrue(Double.isNaN(ErrorFunction.erf(Double.NaN)));
        assertTrue(Double.isNaN(ErrorFunction.erfc(Double.NaN)));
    }

    @Test
    void seriesAndFractionMeetWhereTheyChange() {
        double below = ErrorFunction.erf(Math.nextDown(1.0));
        assertEquals(below, ErrorFunction.erf(1), 8e-16);
    }
}
